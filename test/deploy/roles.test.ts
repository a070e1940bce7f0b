import { beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../lib/storage/keys.ts';
import { compileTemplate, type Template } from './compiled.ts';
import { templateWith } from './conditions.ts';
import { covers, linesOf, type Statement, statementsOf, textOf } from './statements.ts';

let template: Template;
beforeAll(async () => {
  template = (await compileTemplate('serverless.yml')).template;
});

const ACCOUNT = '<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>';
const JOBS = 'arn:<AWS::Partition>:bedrock:us-east-1:<AWS::AccountId>:model-customization-job/*';
const TICKS = 'arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule-group/<AWS::StackName>';
const STAGING = 'arn:<AWS::Partition>:s3:::<MakesStaging ? <StagingBucket> : <BedrockBucket>>';
const PUT_IN_PARTS = 's3:PutObject s3:AbortMultipartUpload';
const log = (name: string) => `logs:CreateLogStream logs:PutLogEvents: <${name}LogGroup.Arn>`;
const secret = (name: string) =>
  `[Has${name}] secretsmanager:GetSecretValue: arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:<${name}>-??????`;
const results = (...places: string[]) => places.map((place) => `<ResultsBucket.Arn>/${place}`).join(' ');

const inHistory = (...places: string[]) => results(...places.map((place) => `.finedrop/history/*/${place}`));

const READ_INBOX = 's3:GetObject s3:GetObjectVersion: <InboxBucket.Arn>/*';
const LIST_BOTH = 's3:ListBucket: <InboxBucket.Arn> <ResultsBucket.Arn>';
const LIST_RESULTS = 's3:ListBucket: <ResultsBucket.Arn>';
const WORK = `s3:GetObject ${PUT_IN_PARTS}: ${results('.finedrop/work/*')}`;
const CLAIMS = `s3:GetObject: ${results('.finedrop/claims/*')}`;
const SPEND = `s3:GetObject s3:PutObject: ${results('.finedrop/spend/live/*')}`;
const LOOK_AT_EXECUTIONS = `states:DescribeExecution: arn:${ACCOUNT}:execution:<AWS::StackName>:*`;
const START = `states:StartExecution: arn:${ACCOUNT}:stateMachine:<AWS::StackName>`;
const KEY =
  '[HasKmsKey] kms:Decrypt kms:GenerateDataKey: <KmsKeyArn> {kms:ViaService StringEquals s3.<AWS::Region>.amazonaws.com}';
const STAGING_KEY =
  '[HasStagingKey] kms:Decrypt kms:GenerateDataKey: <MakesStaging ? <KmsKeyArn> : <BedrockKmsKeyArn>> {kms:ViaService StringEquals s3.us-east-1.amazonaws.com}';
const READ_OBJECTS = [
  '[HasObjectBuckets] s3:GetObject s3:GetObjectVersion: <split arn:aws:s3:::<<ObjectBuckets> joined by "/*,arn:aws:s3:::">/*>',
  '[HasObjectBuckets] s3:ListBucket: <split arn:aws:s3:::<<ObjectBuckets> joined by ",arn:aws:s3:::">>',
];
const LIST_JOBS = '[UsesBedrock] bedrock:ListModelCustomizationJobs: *';
const OWN = '{aws:ResourceAccount StringEquals <AWS::AccountId>}';

/** Who may do what: all of it. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  ReceiveRole: [log('Receive'), 'sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes: <Queue.Arn>', START],
  SurveyRole: [
    log('Survey'),
    READ_INBOX,
    LIST_BOTH,
    WORK,
    `s3:DeleteObject: ${results('.finedrop/work/*')}`,
    `s3:GetObject s3:PutObject: ${results('.finedrop/claims/*', '*/status.json')}`,
    `s3:GetObject: ${inHistory('head.json', 'models.json', 'snapshots/*/kept.jsonl')} ${results('*/latest.json')}`,
    `s3:GetObject s3:PutObject: ${inHistory('decisions.json')}`,
    LOOK_AT_EXECUTIONS,
    KEY,
  ],
  NormalizeRole: [
    log('Normalize'),
    READ_INBOX,
    LIST_BOTH,
    WORK,
    `s3:GetObject: ${inHistory('snapshots/*/kept.jsonl')}`,
    KEY,
  ],
  CollectRole: [
    log('Collect'),
    READ_INBOX,
    LIST_BOTH,
    WORK,
    `s3:GetObject: ${inHistory('snapshots/*/kept.jsonl', 'media/*')}`,
    ...READ_OBJECTS,
    KEY,
  ],
  FetchRole: [
    log('Fetch'),
    `${PUT_IN_PARTS}: ${results('.finedrop/work/*/links/*', '.finedrop/work/*/steps/fetch/*', '.finedrop/work/*/failures/fetch.json')}`,
    KEY,
  ],
  ConvertRole: [
    log('Convert'),
    READ_INBOX,
    LIST_BOTH,
    WORK,
    `s3:GetObject: ${inHistory('snapshots/*/sides.bin', 'snapshots/*/contents.bin')}`,
    `s3:GetObject ${PUT_IN_PARTS}: ${inHistory('media/*')}`,
    KEY,
  ],
  GateRole: [
    log('Gate'),
    LIST_RESULTS,
    WORK,
    `s3:GetObject: ${results('.finedrop/ledger/*', '.finedrop/claims/*', '.finedrop/control/*/approve.json')}`,
    `s3:GetObject: ${inHistory('models.json')}`,
    `s3:GetObject ${PUT_IN_PARTS}: ${inHistory('head.json', 'snapshots/*')}`,
    SPEND,
    KEY,
  ],
  StageRole: [
    log('Stage'),
    READ_INBOX,
    LIST_BOTH,
    WORK,
    `s3:GetObject ${PUT_IN_PARTS}: ${results('*/train.jsonl', '*/validation.jsonl', '*/line-map.jsonl', '*/media/*')}`,
    `s3:DeleteObject: ${results('*/validation.jsonl')}`,
    secret('OpenaiSecret'),
    secret('GoogleSecret'),
    `[UsesBedrock] s3:GetObject ${PUT_IN_PARTS}: ${STAGING}/finedrop/*`,
    `[UsesBedrock] s3:DeleteObject: ${STAGING}/finedrop/*.part`,
    `[UsesBedrock] s3:ListBucket: ${STAGING}`,
    KEY,
    STAGING_KEY,
  ],
  SubmitRole: [
    log('Submit'),
    LIST_RESULTS,
    WORK,
    `s3:GetObject s3:PutObject: ${results('.finedrop/ledger/*')}`,
    CLAIMS,
    `s3:DeleteObject: ${results('.finedrop/work/*/stage/*')}`,
    secret('OpenaiSecret'),
    secret('GoogleSecret'),
    `[UsesBedrock] bedrock:CreateModelCustomizationJob bedrock:TagResource: arn:<AWS::Partition>:bedrock:us-east-1::foundation-model/amazon.nova-* arn:<AWS::Partition>:bedrock:us-east-1:<AWS::AccountId>:custom-model/* ${JOBS}`,
    `[UsesBedrock] bedrock:GetModelCustomizationJob: ${JOBS}`,
    LIST_JOBS,
    '[UsesBedrock] iam:PassRole: <CustomizationRole.Arn> {iam:PassedToService StringEquals bedrock.amazonaws.com}',
    `[UsesBedrock] s3:DeleteObject: ${STAGING}/finedrop/*.jsonl`,
    KEY,
  ],
  PollRole: [
    log('Poll'),
    LIST_RESULTS,
    WORK,
    CLAIMS,
    `s3:GetObject: ${results('.finedrop/ledger/*')}`,
    `s3:GetObject s3:PutObject: ${results('*/status.json', '*/metrics.csv')}`,
    secret('OpenaiSecret'),
    secret('GoogleSecret'),
    `[UsesBedrock] bedrock:GetModelCustomizationJob bedrock:StopModelCustomizationJob: ${JOBS}`,
    LIST_JOBS,
    `[UsesBedrock] s3:GetObject: ${STAGING}/finedrop/*/output/*`,
    `[UsesBedrock] s3:ListBucket: ${STAGING}`,
    KEY,
    STAGING_KEY,
  ],
  PublishRole: [
    log('Publish'),
    READ_INBOX,
    LIST_BOTH,
    WORK,
    `s3:GetObject: ${results('*')}`,
    `${PUT_IN_PARTS}: ${results('.finedrop/claims/*', '.finedrop/history/*/models.json', '.finedrop/history/*/decisions.json', '.finedrop/schedules/*', '*/latest.json', '*/status.json', '*/report.json', '*/report.html', '*/plan.json', '*/findings.jsonl', '*/lock.json', '*/fetches.jsonl', '*/rejected/*', '*/job.json')}`,
    SPEND,
    `s3:DeleteObject: ${results('*/rejected/*', '*/train.jsonl', '*/validation.jsonl', '*/line-map.jsonl', '*/metrics.csv')}`,
    `s3:DeleteObject: ${results('.finedrop/schedules/*')}`,
    'sns:Publish: <Topic>',
    'events:PutEvents: <Bus.Arn>',
    KEY,
  ],
  RetrainRole: [
    log('Retrain'),
    LIST_RESULTS,
    `s3:GetObject s3:PutObject: ${results('.finedrop/schedules/*')}`,
    `s3:GetObject: ${inHistory('head.json', 'models.json')}`,
    START,
    KEY,
  ],
  TickRole: ['lambda:InvokeFunction: <RetrainLambdaFunction.Arn>'],
  MachineRole: [
    `lambda:InvokeFunction: ${['Survey', 'Normalize', 'Collect', 'Fetch', 'Convert', 'Gate', 'Stage', 'Submit', 'Poll', 'Publish'].map((name) => `<${name}LambdaFunction.Arn>`).join(' ')}`,
    `${START} arn:${ACCOUNT}:stateMachine:<AWS::StackName>/*`,
    `states:DescribeExecution states:StopExecution states:RedriveExecution: arn:${ACCOUNT}:execution:<AWS::StackName>:* arn:${ACCOUNT}:execution:<AWS::StackName>/*`,
    `s3:GetObject s3:PutObject s3:ListMultipartUploadParts s3:AbortMultipartUpload: ${results('.finedrop/work/*')}`,
    KEY,
    'logs:CreateLogDelivery logs:GetLogDelivery logs:UpdateLogDelivery logs:DeleteLogDelivery logs:ListLogDeliveries logs:PutResourcePolicy logs:DescribeResourcePolicies logs:DescribeLogGroups: *',
    'xray:PutTraceSegments xray:PutTelemetryRecords xray:GetSamplingRules xray:GetSamplingTargets: *',
  ],
  CustomizationRole: [
    `s3:GetObject: ${STAGING}/finedrop/* ${OWN}`,
    `s3:ListBucket: ${STAGING} ${OWN}`,
    `s3:PutObject: ${STAGING}/finedrop/*/output/* ${OWN}`,
    STAGING_KEY,
  ],
};

describe('roles', () => {
  it.each(Object.entries(ROLES))('%s may do this and nothing else', (role, lines) => {
    expect(linesOf(statementsOf(template, role))).toEqual(lines);
  });

  it('are all in the table', () => {
    const roles = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
    expect(roles.map(([name]) => name).sort()).toEqual(Object.keys(ROLES).sort());
    const managed = roles.filter(([, { Properties }]) => Properties?.['ManagedPolicyArns'] !== undefined);
    expect(managed).toEqual([]);
  });

  it('are one a function', () => {
    const functions = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
    expect(functions).toHaveLength(12);
    for (const [name, { Properties }] of functions) {
      expect(textOf(Properties?.['Role'])).toBe(`<${name.replace('LambdaFunction', 'Role')}.Arn>`);
    }
  });

  it.each(Object.keys(ROLES))('%s can be taken by one service, which says for whom where it serves many', (role) => {
    const { AssumeRolePolicyDocument: trust } = (template.Resources[role]?.Properties ?? {}) as {
      AssumeRolePolicyDocument: { Statement: (Statement & { Principal: unknown })[] };
    };
    const [statement, ...others] = trust.Statement;
    expect(others).toEqual([]);
    const services: Record<string, string> = {
      MachineRole: 'states',
      CustomizationRole: 'bedrock',
      TickRole: 'scheduler',
    };
    const service = services[role] ?? 'lambda';
    expect(statement).toMatchObject({ Principal: { Service: `${service}.amazonaws.com` }, Action: 'sts:AssumeRole' });
    if (service === 'lambda') return;
    const source = {
      states: `arn:${ACCOUNT}:stateMachine:<AWS::StackName>*`,
      bedrock: JOBS,
      scheduler: TICKS,
    }[service];
    const { StringEquals: equal = {}, ArnLike: like = {} } = statement?.Condition ?? {};
    expect(textOf(equal['aws:SourceAccount'])).toBe('<AWS::AccountId>');
    expect(textOf({ ...like, ...equal }['aws:SourceArn'])).toBe(source);
  });
});

const EVERYTHING = { KmsKeyArn: 'k', ObjectBuckets: 'pictures', OpenaiSecret: 'o', GoogleSecret: 'g' };

function allowed(role: string): Statement[] {
  return statementsOf(templateWith(template, EVERYTHING), role) as Statement[];
}

function may(role: string, action: string, resource: string): boolean {
  return allowed(role).some(
    ({ Action, Resource }) =>
      [Action].flat().some((one) => covers(one, action)) &&
      [Resource].flat().some((one) => covers(textOf(one), resource)),
  );
}

const STEPS = Object.keys(ROLES).filter((role) => !/^(Receive|Machine|Customization|Tick)Role$/.test(role));
const inResults = (key: string) => `<ResultsBucket.Arn>/${key}`;

describe('roles as a whole', () => {
  it('hold no action with a wildcard', () => {
    const actions = Object.keys(ROLES).flatMap((role) => allowed(role).flatMap(({ Action }) => Action));
    expect(actions.filter((action) => !/^[a-z0-9]+:[A-Za-z]+$/.test(action))).toEqual([]);
  });

  it('name what has a name', () => {
    const nameless = Object.keys(ROLES).flatMap((role) =>
      allowed(role)
        .filter(({ Resource }) => [Resource].flat().map(textOf).includes('*'))
        .map(({ Sid }) => `${role} ${Sid}`),
    );
    const known = ['SubmitRole ListJobs', 'PollRole ListJobs', 'MachineRole DeliverLogs', 'MachineRole SendTraces'];
    expect(nameless.sort()).toEqual(known.sort());
  });

  it.each(STEPS)('%s writes nothing into the inbox', (role) => {
    for (const action of ['s3:PutObject', 's3:DeleteObject'])
      expect(may(role, action, '<InboxBucket.Arn>/a.csv')).toBe(false);
  });

  it.each(STEPS)('%s approves nothing, and forgets no claim, no job and no history', (role) => {
    expect(may(role, 's3:PutObject', inResults(keys.control('museum', '0123456789abcdef', 'approve')))).toBe(false);
    const { head, models, decisions, rows } = keys.history('museum');
    const history = [head, models, decisions, rows('0123456789abcdef')];
    const kept = [keys.ledger('a'.repeat(40)), keys.claim('museum', '0123456789abcdef'), ...history];
    for (const key of kept) expect(may(role, 's3:DeleteObject', inResults(key))).toBe(false);
  });

  it.each<[string, string, readonly string[]]>([
    ['reads secrets', 'secretsmanager:GetSecretValue', ['StageRole', 'SubmitRole', 'PollRole']],
    ['creates jobs', 'bedrock:CreateModelCustomizationJob', ['SubmitRole']],
    ['passes a role', 'iam:PassRole', ['SubmitRole']],
    ['stops jobs', 'bedrock:StopModelCustomizationJob', ['PollRole']],
    ['tells people', 'sns:Publish', ['PublishRole']],
    ['tells machines', 'events:PutEvents', ['PublishRole']],
    ['starts executions', 'states:StartExecution', ['MachineRole', 'ReceiveRole', 'RetrainRole']],
    ['calls functions', 'lambda:InvokeFunction', ['MachineRole', 'TickRole']],
  ])('nobody else %s', (_what, action, roles) => {
    const found = Object.keys(ROLES).filter((role) =>
      allowed(role).some((one) => [one.Action].flat().includes(action)),
    );
    expect(found.sort()).toEqual([...roles].sort());
  });

  it('let submit alone write the ledger, and stage alone fill the bucket of Bedrock', () => {
    const writers = (resource: string) => STEPS.filter((role) => may(role, 's3:PutObject', resource));
    expect(writers(inResults(keys.ledger('a'.repeat(40))))).toEqual(['SubmitRole']);
    expect(writers('arn:<AWS::Partition>:s3:::<StagingBucket>/finedrop/museum/media/a.png')).toEqual(['StageRole']);
  });

  it('let gate alone add states to the history, and publish alone models', () => {
    const writers = (key: string) => STEPS.filter((role) => may(role, 's3:PutObject', inResults(key)));
    const { head, models, decisions, sides } = keys.history('museum');
    expect([head, sides('0123456789abcdef')].map(writers)).toEqual([['GateRole'], ['GateRole']]);
    expect(writers(models)).toEqual(['PublishRole']);
    expect(writers(decisions)).toEqual(['SurveyRole', 'PublishRole']);
    expect(writers(keys.schedule('museum'))).toEqual(['PublishRole', 'RetrainRole']);
  });

  it('keep retrain from drops, results and secrets', () => {
    const { report } = keys.run('museum', '0123456789abcdef');
    const { manifest } = keys.work('museum', '0123456789abcdef');
    for (const key of [report, manifest, keys.ledger('a'.repeat(40)), keys.claim('museum', '0123456789abcdef')])
      for (const action of ['s3:GetObject', 's3:PutObject'])
        expect(may('RetrainRole', action, inResults(key))).toBe(false);
    expect(may('RetrainRole', 's3:GetObject', '<InboxBucket.Arn>/museum/train.csv')).toBe(false);
  });

  it('keep fetch from all that other steps go by', () => {
    const work = keys.work('museum', '0123456789abcdef');
    const hash = 'b'.repeat(64);
    const own = [work.link(hash), work.linkBytes(hash, hash), work.step('fetch', 'x'), work.failure('fetch')];
    for (const key of own) expect(may('FetchRole', 's3:PutObject', inResults(key))).toBe(true);
    const others = [
      work.manifest,
      work.plan,
      work.gate,
      work.job('openai'),
      work.basis,
      work.step('gate', 'x'),
      work.failure('gate'),
    ];
    for (const key of others) expect(may('FetchRole', 's3:PutObject', inResults(key))).toBe(false);
    for (const action of ['s3:GetObject', 's3:ListBucket', 's3:DeleteObject'])
      expect(allowed('FetchRole').flatMap(({ Action }) => Action)).not.toContain(action);
  });
});
