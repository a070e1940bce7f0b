import type { EndedRun, Log } from '../pipeline/services.ts';
import type { AwsSettings } from './aws-settings.ts';

/** Tells people by the topic and machines by the bus. A run that nobody could be told of has ended all the same. */
export function announcer(settings: AwsSettings, log: Log): (ended: EndedRun) => Promise<void> {
  return async (ended) => {
    const told = await Promise.allSettled([tellPeople(settings, ended), tellMachines(settings, ended)]);
    for (const result of told) {
      if (result.status === 'rejected')
        log.info('the end of the run could not be announced', { error: String(result.reason) });
    }
  };
}

async function tellPeople({ TOPIC_ARN: topic, RESULTS_BUCKET: bucket }: AwsSettings, ended: EndedRun): Promise<void> {
  const isWanted = ended.notify === 'always' || (ended.notify === 'problems' && ended.status !== 'completed');
  if (topic === undefined || !isWanted) return;
  const { SNSClient, PublishCommand } = await import('@aws-sdk/client-sns');
  const client = new SNSClient({});
  const command = new PublishCommand({ TopicArn: topic, Subject: subjectOf(ended), Message: letterOf(ended, bucket) });
  await client.send(command).finally(() => client.destroy());
}

/** SNS takes 100 characters of ASCII without line breaks. */
function subjectOf({ dataset, status }: EndedRun): string {
  const name = dataset.replace(/[^\x20-\x7e]/g, '?').slice(0, 60);
  return `finedrop: ${name} ${status}`;
}

function letterOf({ dataset, run, status, message, targets, html, report }: EndedRun, bucket: string): string {
  const jobs = targets.map(({ name, status: state, tunedModel }) =>
    tunedModel === null ? `  ${name}: ${state}` : `  ${name}: ${state}, model ${tunedModel}`,
  );
  return [
    `${dataset}: ${status}`,
    message,
    ...jobs,
    '',
    `report: s3://${bucket}/${html}`,
    `data:   s3://${bucket}/${report}`,
    `run:    ${run}`,
  ].join('\n');
}

async function tellMachines(
  { EVENT_BUS_NAME: bus, RESULTS_BUCKET: bucket }: AwsSettings,
  ended: EndedRun,
): Promise<void> {
  if (bus === undefined) return;
  const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
  const client = new EventBridgeClient({});
  const entry = {
    EventBusName: bus,
    Source: 'finedrop',
    DetailType: 'Run Ended',
    Detail: JSON.stringify({ ...ended, bucket }),
  };
  const answer = await client.send(new PutEventsCommand({ Entries: [entry] })).finally(() => client.destroy());
  const [refused] = (answer.Entries ?? []).filter(({ ErrorCode }) => ErrorCode !== undefined);
  if (refused !== undefined) throw new Error(`${refused.ErrorCode}: ${refused.ErrorMessage ?? ''}`);
}
