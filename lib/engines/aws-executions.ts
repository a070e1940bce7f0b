import type { SFNClient } from '@aws-sdk/client-sfn';
import type { Execution } from '../pipeline/receive.ts';
import type { AwsSettings } from './aws-settings.ts';

/** Starts the state machine; a name that was used before is no error: what it started absorbs this. */
export async function startExecution(settings: AwsSettings, { name, input }: Execution): Promise<'started' | 'exists'> {
  const { StartExecutionCommand, ExecutionAlreadyExists } = await import('@aws-sdk/client-sfn');
  const command = new StartExecutionCommand({
    stateMachineArn: machineOf(settings),
    name,
    input: JSON.stringify(input),
  });
  try {
    await (await openClient()).send(command);
    return 'started';
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return 'exists';
    throw error;
  }
}

/** Whether the execution that holds a claim still runs; one that Step Functions has forgotten does not. */
export async function isExecutionRunning(settings: AwsSettings, execution: string): Promise<boolean> {
  const { DescribeExecutionCommand, ExecutionDoesNotExist } = await import('@aws-sdk/client-sfn');
  const executionArn = `${machineOf(settings).replace(':stateMachine:', ':execution:')}:${execution}`;
  try {
    const { status } = await (await openClient()).send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE';
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return false;
    throw error;
  }
}

function machineOf({ STATE_MACHINE_ARN: arn }: AwsSettings): string {
  if (arn === undefined) throw new Error('[aws] STATE_MACHINE_ARN is missing. Deploy the stack again.');
  return arn;
}

let client: Promise<SFNClient> | undefined;

function openClient(): Promise<SFNClient> {
  client ??= import('@aws-sdk/client-sfn').then(({ SFNClient }) => new SFNClient({}));
  return client;
}
