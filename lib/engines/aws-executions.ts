import type { Execution } from '../pipeline/receive.ts';
import type { AwsSettings } from './aws-settings.ts';

/** Starts the state machine; a name that was used before is no error: what it started absorbs this. */
export async function startExecution(settings: AwsSettings, { name, input }: Execution): Promise<'started' | 'exists'> {
  const { SFNClient, StartExecutionCommand, ExecutionAlreadyExists } = await import('@aws-sdk/client-sfn');
  const command = new StartExecutionCommand({
    stateMachineArn: machineOf(settings),
    name,
    input: JSON.stringify(input),
  });
  const client = new SFNClient({});
  try {
    await client.send(command);
    return 'started';
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return 'exists';
    throw error;
  } finally {
    client.destroy();
  }
}

/** Whether the execution that holds a claim still runs; one that Step Functions has forgotten does not. */
export async function isExecutionRunning(settings: AwsSettings, execution: string): Promise<boolean> {
  const { SFNClient, DescribeExecutionCommand, ExecutionDoesNotExist } = await import('@aws-sdk/client-sfn');
  const executionArn = `${machineOf(settings).replace(':stateMachine:', ':execution:')}:${execution}`;
  const client = new SFNClient({});
  try {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE';
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return false;
    throw error;
  } finally {
    client.destroy();
  }
}

function machineOf({ STATE_MACHINE_ARN: arn }: AwsSettings): string {
  if (arn === undefined) throw new Error('[aws] STATE_MACHINE_ARN is missing. Deploy the stack again.');
  return arn;
}
