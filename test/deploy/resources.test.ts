import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { observed } from '../../lib/engines/aws-observe.ts';
import { keys } from '../../lib/storage/keys.ts';
import { compileTemplate, type Resource, ROOT, type Template } from './compiled.ts';
import { templateWith } from './conditions.ts';
import { textOf } from './statements.ts';

let main: Template;
let staging: Template;
beforeAll(async () => {
  const compiled = [compileTemplate('serverless.yml'), compileTemplate('serverless.us-east-1.yml')] as const;
  [main, staging] = (await Promise.all(compiled)).map(({ template }) => template) as [Template, Template];
});

const propertiesOf = ({ Resources }: Template, name: string) => Resources[name]?.Properties ?? {};
const ofType = ({ Resources }: Template, type: string) =>
  Object.entries(Resources).filter(([, resource]) => resource.Type === type);

describe('buckets', () => {
  const rulesOf = ({ Properties = {} }: Resource) =>
    ((Properties['LifecycleConfiguration'] ?? { Rules: [] }) as { Rules: Record<string, unknown>[] }).Rules;
  const buckets = () =>
    [main, staging].flatMap((template) =>
      ofType(template, 'AWS::S3::Bucket').map(([name, bucket]) => ({ template, name, bucket })),
    );

  it('survive the stack, but for the one that holds its code', () => {
    const lost = buckets().filter(
      ({ bucket }) => bucket.DeletionPolicy !== 'Retain' || bucket.UpdateReplacePolicy !== 'Retain',
    );
    expect([...new Set(lost.map(({ name }) => name))]).toEqual(['ServerlessDeploymentBucket']);
    expect(new Set(buckets().map(({ name }) => name))).toEqual(
      new Set(['ServerlessDeploymentBucket', 'InboxBucket', 'ResultsBucket', 'StagingBucket']),
    );
  });

  it('are encrypted, closed to the public, and reached by encrypted connections only', () => {
    for (const { template, name, bucket } of buckets()) {
      expect(bucket.Properties).toMatchObject({
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: expect.anything() }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      });
      const [, policy] =
        ofType(template, 'AWS::S3::BucketPolicy').find(
          ([, { Properties }]) => textOf(Properties?.['Bucket']) === `<${name}>`,
        ) ?? [];
      const isUnencrypted = { Bool: { 'aws:SecureTransport': expect.toSatisfy((value) => String(value) === 'false') } };
      const denial = { Effect: 'Deny', Principal: '*', Action: 's3:*', Condition: isUnencrypted };
      expect(policy?.Properties?.['PolicyDocument']).toMatchObject({ Statement: [denial] });
    }
  });

  it('keep versions, and let old ones and unfinished uploads expire', () => {
    for (const { name, bucket } of buckets()) {
      if (name === 'ServerlessDeploymentBucket') continue;
      const Rules = rulesOf(bucket);
      expect(bucket.Properties?.['VersioningConfiguration']).toEqual({ Status: 'Enabled' });
      expect(Rules.every(({ Status }) => Status === 'Enabled')).toBe(true);
      expect(Rules.some((rule) => 'AbortIncompleteMultipartUpload' in rule && !('Prefix' in rule))).toBe(true);
      expect(Rules.some((rule) => 'NoncurrentVersionExpiration' in rule && !('Prefix' in rule))).toBe(true);
    }
  });

  it("forget a run's work, and nothing else of it", () => {
    const expiring = buckets().flatMap(({ name, bucket }) => {
      return rulesOf(bucket)
        .filter((rule) => 'ExpirationInDays' in rule)
        .map(({ Prefix, ExpirationInDays }) => [name, Prefix, ExpirationInDays]);
    });
    expect(expiring).toEqual([['ResultsBucket', '.finedrop/work/', { Ref: 'WorkDays' }]]);
    const kept = [keys.histories, keys.schedules, keys.ledger('a')];
    expect(kept.filter((key) => key.startsWith('.finedrop/work/'))).toEqual([]);
  });

  it('tell EventBridge of their objects where a rule listens', () => {
    const telling = buckets().filter(({ bucket }) => bucket.Properties?.['NotificationConfiguration'] !== undefined);
    expect(telling.map(({ name }) => name)).toEqual(['InboxBucket', 'ResultsBucket']);
  });
});

describe('events', () => {
  it('are those of uploads, and of control objects', () => {
    const patterns = ofType(main, 'AWS::Events::Rule').map(([, { Properties }]) => Properties?.['EventPattern']);
    const common = { source: ['aws.s3'], 'detail-type': ['Object Created'], account: [{ Ref: 'AWS::AccountId' }] };
    expect(patterns).toEqual([
      { ...common, detail: { bucket: { name: [{ Ref: 'InboxBucket' }] } } },
      {
        ...common,
        detail: { bucket: { name: [{ Ref: 'ResultsBucket' }] }, object: { key: [{ prefix: '.finedrop/control/' }] } },
      },
    ]);
  });

  it('let every word about a run through', () => {
    const { EventPattern } = propertiesOf(main, 'ControlRule') as {
      EventPattern: { detail: { object: { key: { prefix: string }[] } } };
    };
    const [{ prefix = 'nothing' } = {}] = EventPattern.detail.object.key;
    for (const word of ['approve', 'cancel', 'resume', 'retrain'])
      expect(keys.control('museum', '0123456789abcdef', word).startsWith(prefix)).toBe(true);
  });

  it('wait in a queue until receive must have ended, and end apart when it fails', () => {
    const reading = propertiesOf(main, 'QueueReading') as { MaximumBatchingWindowInSeconds: number };
    const queue = propertiesOf(main, 'Queue') as { VisibilityTimeout: number };
    const { Timeout } = propertiesOf(main, 'ReceiveLambdaFunction') as { Timeout: number };
    expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout + reading.MaximumBatchingWindowInSeconds);
    expect(reading).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      FunctionName: { Ref: 'ReceiveLambdaFunction' },
    });
    expect(queue).toMatchObject({ RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } } });
  });

  it('come from these two rules only', () => {
    for (const [, { Properties = {} }] of ofType(main, 'AWS::SQS::QueuePolicy')) {
      const { Statement } = Properties['PolicyDocument'] as {
        Statement: { Condition: { ArnEquals: Record<string, unknown> } }[];
      };
      expect(Statement).toHaveLength(1);
      expect(textOf(Statement[0]?.Condition.ArnEquals['aws:SourceArn'])).toBe('<UploadRule.Arn> <ControlRule.Arn>');
    }
    expect(ofType(main, 'AWS::SQS::QueuePolicy')).toHaveLength(2);
  });
});

describe('ticks', () => {
  const tick = (template: Template) =>
    propertiesOf(template, 'Tick') as { ScheduleExpression: string; State: string; Target: Record<string, object> };

  it('come every quarter of an hour, and are over before the next', () => {
    const { ScheduleExpression, Target } = tick(main);
    expect(ScheduleExpression).toBe('rate(15 minutes)');
    expect(textOf(Target['Arn'])).toBe('<RetrainLambdaFunction.Arn>');
    const { Timeout } = propertiesOf(main, 'RetrainLambdaFunction') as { Timeout: number };
    const retries = propertiesOf(main, 'RetrainRetries') as { MaximumRetryAttempts: number };
    expect((1 + retries.MaximumRetryAttempts) * Timeout).toBeLessThan(15 * 60);
    const seconds = { MaximumEventAgeInSeconds: expect.toSatisfy((age) => age < 15 * 60) };
    expect([retries, Target['RetryPolicy']]).toEqual([
      expect.objectContaining(seconds),
      expect.objectContaining(seconds),
    ]);
  });

  it('can be switched off', () => {
    expect(tick(templateWith(main, {})).State).toBe('ENABLED');
    expect(tick(templateWith(main, { Retraining: 'false' })).State).toBe('DISABLED');
  });
});

/** Has no types of its own. */
const require = createRequire(import.meta.url);
const validate: (definition: unknown) => { isValid: boolean; errors: unknown[] } = require('asl-validator');

describe('state machine', () => {
  const machine = () =>
    propertiesOf(main, 'Machine') as {
      DefinitionString: string;
      DefinitionSubstitutions: Record<string, unknown>;
    };
  const file = () => readFileSync(join(ROOT, 'functions/pipeline.asl.json'), 'utf8');

  it('is the file that runs locally, byte for byte', () => {
    expect(machine().DefinitionString).toBe(file());
  });

  it('is given every substitution that it asks for, and no other', () => {
    const asked = [...file().matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(machine().DefinitionSubstitutions).sort()).toEqual([...new Set(asked)].sort());
    for (const [name, value] of Object.entries(machine().DefinitionSubstitutions)) {
      const target =
        name === 'ResultsBucket' ? '<ResultsBucket>' : `<${name.replace('Function', 'LambdaFunction')}.Arn>`;
      expect(textOf(value)).toBe(target);
    }
  });

  it('is sound', () => {
    expect(validate(JSON.parse(file()))).toMatchObject({ isValid: true, errors: [] });
    const broken = file().replace('"Next": "Surveyed"', '"Next": "Nowhere"');
    expect(validate(JSON.parse(broken)).isValid).toBe(false);
    const unwritten = file().replace('{% $states.input.done %}', '{% $states.input. %}');
    expect(unwritten).not.toBe(file());
    expect(validate(JSON.parse(unwritten)).isValid).toBe(false);
  });

  // What asl-validator does not look at: a reader of another type would fail at the first run.
  it('reads lists of lines, and writes answers, only where its role lets it', () => {
    const text = JSON.stringify(JSON.parse(file()));
    const readers = [...text.matchAll(/"ItemReader":(\{"Resource".*?\}\})/g)].map(([, reader = '']) =>
      JSON.parse(reader),
    );
    expect(readers.length).toBeGreaterThan(3);
    for (const reader of readers) {
      expect(reader).toMatchObject({
        Resource: 'arn:aws:states:::s3:getObject',
        ReaderConfig: { InputType: 'JSONL' },
        Arguments: { Bucket: `\${ResultsBucket}`, Key: expect.stringMatching(/^\{% .+ %\}$/) },
      });
    }
    const writers = [...text.matchAll(/"ResultWriter":\{"Resource":"([^"]+)".*?"Prefix":"([^"]+)"/g)];
    for (const [, resource, prefix] of writers) {
      expect(resource).toBe('arn:aws:states:::s3:putObject');
      expect(prefix).toMatch(/^\{% '\.finedrop\/work\//);
    }
  });

  it('is followed: errors are logged without what passes between steps, and traced', () => {
    expect(machine()).toMatchObject({
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
    });
  });
});

describe('functions', () => {
  const functions = () => ofType(main, 'AWS::Lambda::Function');
  const variablesOf = (name: string) =>
    Object.keys((propertiesOf(main, `${name}LambdaFunction`)['Environment'] as { Variables: object }).Variables).sort();

  it('are the files in functions/, each of them', () => {
    const files = readdirSync(join(ROOT, 'functions')).filter((file) => file.endsWith('.ts'));
    const handlers = functions().map(([, { Properties }]) => Properties?.['Handler']);
    expect(handlers.sort()).toEqual(files.map((file) => `functions/${file.replace('.ts', '.handler')}`).sort());
    for (const [, { Properties }] of functions()) expect(Properties?.['Runtime']).toBe('nodejs22.x');
  });

  it('have as much time as the machine gives them', () => {
    for (const [name, { Properties }] of functions()) {
      const own: Record<string, number> = { ReceiveLambdaFunction: 60, RetrainLambdaFunction: 300 };
      expect([name, Properties?.['Timeout']]).toEqual([name, own[name] ?? 900]);
    }
  });

  const NAMED = ['POWERTOOLS_SERVICE_NAME', 'RESULTS_BUCKET'];
  const INBOX = [...NAMED, 'INBOX_BUCKET'];
  const OPERATOR = [
    'FINEDROP_APPROVE',
    'FINEDROP_LINKS',
    'FINEDROP_SETTLE_SECONDS',
    'FINEDROP_TARGETS',
    'FINEDROP_USD_PER_RUN',
  ];
  const DIALECT = ['OPENAI_BASE_URL', 'OPENAI_MODELS', 'OPENAI_PROFILE'];
  const PLACES = [
    'FINEDROP_BEDROCK_BUCKET',
    'FINEDROP_BEDROCK_ROLE_ARN',
    'FINEDROP_GCS_BUCKET',
    'GOOGLE_CLOUD_LOCATION',
    'GOOGLE_CLOUD_PROJECT',
    'OPENAI_API_VERSION',
    ...DIALECT,
  ];
  const SECRETS = ['GOOGLE_CREDENTIALS_CONFIG', 'GOOGLE_CREDENTIALS_SECRET', 'OPENAI_API_KEY_SECRET'];
  const LIMITS = ['FINEDROP_ALLOW_HOSTS', 'FINEDROP_OBJECT_BUCKETS'];

  it.each<[string, string[]]>([
    ['Receive', [...INBOX, 'STATE_MACHINE_ARN']],
    ['Survey', [...INBOX, ...OPERATOR, ...LIMITS, ...PLACES, ...SECRETS, 'STATE_MACHINE_ARN']],
    ['Normalize', INBOX],
    ['Collect', [...INBOX, 'FINEDROP_OBJECT_BUCKETS', 'GOOGLE_READER_CONFIG']],
    ['Fetch', [...NAMED, 'FINEDROP_ALLOW_HOSTS']],
    ['Convert', [...INBOX, ...DIALECT]],
    ['Gate', [...NAMED, ...PLACES, 'FINEDROP_USD_PER_DAY']],
    ['Stage', [...INBOX, ...PLACES, ...SECRETS]],
    ['Submit', [...NAMED, ...PLACES, ...SECRETS]],
    ['Poll', [...NAMED, ...PLACES, ...SECRETS]],
    ['Retrain', [...NAMED, ...DIALECT, 'STATE_MACHINE_ARN']],
    ['Publish', [...INBOX, 'TOPIC_ARN', 'EVENT_BUS_NAME', 'FINEDROP_USD_PER_DAY']],
  ])('%s is told what it needs', (name, variables) => {
    expect(variablesOf(name)).toEqual([...variables].sort());
  });

  it('are told the machine by the name that it has', () => {
    const { STATE_MACHINE_ARN: arn } = (
      propertiesOf(main, 'ReceiveLambdaFunction')['Environment'] as { Variables: Record<string, unknown> }
    ).Variables;
    const name = textOf(propertiesOf(main, 'Machine')['StateMachineName']);
    expect(textOf(arn)).toBe(`arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:${name}`);
  });
});

describe('alarms', () => {
  const alarms = () => ofType(main, 'AWS::CloudWatch::Alarm');

  it('tell the topic of what nobody else would tell', () => {
    expect(alarms().map(([name]) => name)).toEqual([
      'RetrainingAlarm',
      'DeadLettersAlarm',
      'WaitingEventsAlarm',
      'FailedExecutionsAlarm',
      'ThrottlesAlarm',
      'DuplicateJobsAlarm',
    ]);
    for (const [, { Properties }] of alarms())
      expect(Properties).toMatchObject({ AlarmActions: [{ Ref: 'Topic' }], TreatMissingData: 'notBreaching' });
  });

  it('look for duplicate jobs under the names by which poll counts them', async () => {
    const lines: string[] = [];
    const written = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    try {
      await observed('poll', {}, async ({ progress }) => progress.add('poll', { duplicateJobs: 1 }));
    } finally {
      written.mockRestore();
    }
    const metric = lines.map((line) => JSON.parse(line)).find((line) => '_aws' in line);
    const [{ Namespace, Dimensions, Metrics }] = metric._aws.CloudWatchMetrics;
    const alarm = propertiesOf(main, 'DuplicateJobsAlarm') as { Dimensions: { Name: string; Value: unknown }[] };
    expect(alarm).toMatchObject({ Namespace, MetricName: Metrics[0].Name });
    expect(alarm.Dimensions.map(({ Name }) => Name).sort()).toEqual(Dimensions[0].sort());
    expect(alarm.Dimensions.find(({ Name }) => Name === 'step')?.Value).toBe(metric.step);
    const variables = (
      propertiesOf(main, 'PollLambdaFunction')['Environment'] as { Variables: Record<string, unknown> }
    ).Variables;
    expect(alarm.Dimensions.find(({ Name }) => Name === 'service')?.Value).toEqual(
      variables['POWERTOOLS_SERVICE_NAME'],
    );
  });
});
