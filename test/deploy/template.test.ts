import { beforeAll, describe, expect, it } from 'vitest';
import { type Compiled, compileTemplate, type Template } from './compiled.ts';
import { templateWith } from './conditions.ts';
import { referenceProblems, referencesIn } from './references.ts';
import { specificationProblems } from './specification.ts';

let main: Compiled;
let staging: Compiled;
let other: Compiled;
beforeAll(async () => {
  const asked = ['architecture=x86_64', 'memory=2048', 'targets=openai,vertex:gemini-3.1-flash-lite', 'links=false'];
  const options = ['--stage', 'test', '--region', 'eu-central-1', ...asked.flatMap((one) => ['--param', one])];
  [main, staging, other] = await Promise.all([
    compileTemplate('serverless.yml'),
    compileTemplate('serverless.us-east-1.yml'),
    compileTemplate('serverless.yml', options),
  ]);
});

const propertiesOf = ({ Resources }: Template, name: string) => Resources[name]?.Properties ?? {};
const ofType = ({ Resources }: Template, type: string) =>
  Object.entries(Resources).filter(([, resource]) => resource.Type === type);
const templates = (): [string, Template][] => [
  ['main', main.template],
  ['first', main.first],
  ['staging', staging.template],
];

describe('osls package', () => {
  it('asks nobody on the network and needs no credentials', () => {
    expect([main.connections, staging.connections, other.connections]).toEqual([[], [], []]);
  });

  it('has the functions bundled for the architecture that the template declares', () => {
    expect(main.bundled?.slice(-2)).toEqual(['--architecture', 'arm64']);
    expect(other.bundled?.slice(-2)).toEqual(['--architecture', 'x86_64']);
    expect(propertiesOf(main.template, 'ConvertLambdaFunction')).toMatchObject({
      Architectures: ['arm64'],
      MemorySize: 3008,
    });
    expect(propertiesOf(other.template, 'ConvertLambdaFunction')).toMatchObject({
      Architectures: ['x86_64'],
      MemorySize: 2048,
    });
  });

  it('creates the first, empty stack without parameters, which it would refuse', () => {
    expect([main.first.Parameters, main.sent]).toEqual([undefined, undefined]);
    expect(Object.keys(main.first.Resources).sort()).toEqual([
      'ServerlessDeploymentBucket',
      'ServerlessDeploymentBucketPolicy',
    ]);
  });
});

describe('templates', () => {
  it('hold to the official resource specification', () => {
    for (const [, template] of templates()) expect(specificationProblems(template)).toEqual([]);
  });

  it('refer to what there is, and wait for each other in no circle', () => {
    for (const [, template] of templates()) expect(referenceProblems(template)).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['nothing else asked', {}],
    ['another Region', { 'AWS::Region': 'eu-central-1' }],
    [
      'another Region and a bucket for Bedrock',
      { 'AWS::Region': 'eu-central-1', BedrockBucket: 'b', BedrockKmsKeyArn: 'k' },
    ],
    ['a bucket of its own in us-east-1', { BedrockBucket: 'b' }],
    [
      'everything',
      {
        KmsKeyArn: 'k',
        Email: 'a@b',
        ObjectBuckets: 'a,b',
        GoogleObjectBuckets: 'gs://c',
        GoogleReaderConfig: '{}',
        OpenaiSecret: 'o',
        GoogleSecret: 'g',
        InboxBucketName: 'i',
        ResultsBucketName: 'r',
      },
    ],
  ])('refer to nothing that is absent with %s', (_what, settings) => {
    expect(referenceProblems(templateWith(main.template, settings))).toEqual([]);
  });

  it('refer to nothing that is absent where the staging bucket does not belong', () => {
    const misplaced = templateWith(staging.template, { 'AWS::Region': 'eu-central-1' });
    expect(Object.keys(misplaced.Resources)).not.toContain('StagingBucket');
    expect(referenceProblems(misplaced)).toEqual([]);
  });

  it('keep to the sizes that CloudFormation, IAM and Lambda allow', () => {
    for (const [, template] of templates()) expect(JSON.stringify(template).length).toBeLessThan(1_000_000);
    for (const [name, { Properties }] of ofType(main.template, 'AWS::IAM::Role')) {
      expect([name, JSON.stringify(Properties?.['Policies'] ?? []).length < 10_240]).toEqual([name, true]);
    }
    for (const [, { Properties }] of ofType(main.template, 'AWS::CloudWatch::Alarm')) {
      const metrics = (Properties?.['Metrics'] ?? []) as { MetricStat?: object }[];
      expect(metrics.filter(({ MetricStat }) => MetricStat !== undefined).length).toBeLessThanOrEqual(10);
    }
  });

  it('offer no parameter without effect', () => {
    for (const [, { Parameters = {}, Conditions, Resources }] of templates()) {
      const used = new Set(referencesIn({ Conditions, Resources }, '').map(({ to }) => to));
      expect(Object.keys(Parameters).filter((name) => !used.has(name))).toEqual([]);
    }
  });
});

describe('parameters', () => {
  const accepts = (template: Template, name: string, value: string): boolean => {
    const { AllowedPattern, AllowedValues, MinValue, MaxValue } = template.Parameters?.[name] ?? { Type: '' };
    const number = Number(value);
    return (
      (AllowedPattern === undefined || new RegExp(AllowedPattern).test(value)) &&
      (AllowedValues === undefined || AllowedValues.includes(value)) &&
      (MinValue === undefined || number >= MinValue) &&
      (MaxValue === undefined || number <= MaxValue)
    );
  };

  it('begin with values that they take, and say what they are for', () => {
    for (const { template } of [main, staging, other]) {
      for (const [name, { Default, Description }] of Object.entries(template.Parameters ?? {})) {
        expect([name, accepts(template, name, String(Default))]).toEqual([name, true]);
        expect(Description).toMatch(/\w/);
      }
    }
  });

  it('begin with what deploy/settings.yml or --param says', () => {
    expect(main.template.Parameters).toMatchObject({ Targets: { Default: '' }, Links: { Default: 'true' } });
    expect(other.template.Parameters).toMatchObject({
      Targets: { Default: 'openai,vertex:gemini-3.1-flash-lite' },
      Links: { Default: 'false' },
    });
  });

  it.each([
    ['Targets', 'openai, bedrock:amazon.nova-lite-v1:0:300k', 'openia'],
    ['Links', 'false', 'no'],
    ['AllowHosts', 'files.local:8080,10.0.0.1', 'a b;c'],
    ['ObjectBuckets', 'pictures', 's3://pictures'],
    ['ObjectBuckets', 'sounds', 'gs://sounds'],
    ['GoogleObjectBuckets', 'gs://my_pictures.example', 'pictures'],
    ['GoogleReaderConfig', '{"type":"external_account"}', '{"private_key":"-----BEGIN PRIVATE KEY-----"}'],
    ['UsdPerRun', '25', '$25'],
    ['UsdPerDay', '7.50', '-1'],
    ['Approve', 'true', 'required'],
    ['Retraining', 'false', 'off'],
    ['SettleSeconds', '60', '0'],
    ['Email', 'ana@example.com', 'ana'],
    ['KmsKeyArn', 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab', 'alias/finedrop'],
    ['OpenaiSecret', 'finedrop/openai', 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a'],
    ['OpenaiBaseUrl', 'https://api.example.com/v1', 'api.example.com'],
    ['OpenaiProfile', 'azure', 'Azure'],
    ['OpenaiApiVersion', '2024-10-21', 'latest'],
    ['OpenaiModels', 'fire/vision-8b,fire/vision-70b', 'a, b'],
    [
      'GoogleCredentialsConfig',
      '{"type":"external_account","audience":"//iam-a"}',
      '{"private_key":"-----BEGIN PRIVATE KEY-----"}',
    ],
    [
      'BedrockKmsKeyArn',
      'arn:aws:kms:us-east-1:123456789012:key/1234abcd',
      'arn:aws:kms:eu-west-1:123456789012:key/1234abcd',
    ],
    ['WorkDays', '30', '14'],
  ])('%s takes %j and refuses %j', (name, good, bad) => {
    expect([accepts(main.template, name, good), accepts(main.template, name, bad)]).toEqual([true, false]);
  });
});
