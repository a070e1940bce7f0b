import { beforeAll, describe, expect, it } from 'vitest';
import { resolver } from '../../deploy/rehearsal/cloudformation.ts';
import { type Deployment, readDeployment } from '../../deploy/rehearsal/deployment.ts';
import { policyOf } from '../../deploy/rehearsal/policy.ts';

/** `${name}`, as CloudFormation writes it. */
const hole = (name: string) => `$\{${name}}`;

describe('resolver', () => {
  const resolve = resolver(
    {
      Parameters: { Buckets: { Type: 'CommaDelimitedList', Default: 'a,b' }, Key: { Type: 'String', Default: '' } },
      Conditions: { HasKey: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Key' }, ''] }] } },
    },
    {
      region: 'eu-west-1',
      account: '111122223333',
      stack: 'mine',
      references: { Inbox: 'inbox' },
      attributes: { 'Inbox.Arn': 'arn:inbox' },
    },
  );
  it.each([
    [{ Ref: 'AWS::Region' }, 'eu-west-1'],
    [{ 'Fn::GetAtt': ['Inbox', 'Arn'] }, 'arn:inbox'],
    [
      { 'Fn::Sub': ['AWS::StackName', 'Inbox.Arn', 'Inbox', '!kept'].map(hole).join('/') },
      `mine/arn:inbox/inbox/${hole('!kept')}`,
    ],
    [{ 'Fn::Sub': [`x-${hole('Own')}`, { Own: { Ref: 'Inbox' } }] }, 'x-inbox'],
    [{ 'Fn::Join': ['+', { Ref: 'Buckets' }] }, 'a+b'],
    [{ 'Fn::Split': [',', '1,2'] }, ['1', '2']],
    [[1, { 'Fn::If': ['HasKey', 'key', { Ref: 'AWS::NoValue' }] }], [1]],
    [{ kept: { 'Fn::If': ['HasKey', 'key', 'none'] } }, { kept: 'none' }],
  ])('fills in %j', (value, filled) => {
    expect(resolve(value)).toEqual(filled);
  });

  it('refuses a function that it does not know', () => {
    expect(() => resolve({ 'Fn::Cidr': [] })).toThrow('the template uses Fn::Cidr, which is not known here');
  });
});

describe('policyOf', () => {
  const policy = policyOf({
    PolicyDocument: {
      Statement: [{ Effect: 'Allow', Action: ['s3:Get*', 's3:PutObject'], Resource: 'arn:aws:s3:::bucket/a.b/*' }],
    },
  });
  it.each([
    ['s3:GetObject', 'arn:aws:s3:::bucket/a.b/c', true],
    ['s3:putobject', 'arn:aws:s3:::bucket/a.b/c/d', true],
    ['s3:DeleteObject', 'arn:aws:s3:::bucket/a.b/c', false],
    ['s3:GetObject', 'arn:aws:s3:::bucket/aXb/c', false],
    ['s3:GetObject', 'arn:aws:s3:::other/a.b/c', false],
  ])('%s on %s: %s', (action, resource, isAllowed) => {
    expect(policy(action, resource)).toBe(isAllowed);
  });
});

describe('readDeployment', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await readDeployment({ openaiSecret: 'my/key', memory: '2048' });
  });
  const named = (key: string) => deployment.functions.find((one) => one.key === key);

  it('gives each function what the template says', () => {
    expect(named('convert')).toMatchObject({ memoryMegabytes: 2048, timeoutSeconds: 900 });
    expect(named('stage')?.environment).toMatchObject({
      OPENAI_API_KEY_SECRET: 'my/key',
      RESULTS_BUCKET: deployment.buckets.results,
    });
    expect(Object.keys(named('fetch')?.environment ?? {}).filter((name) => /SECRET|INBOX/.test(name))).toEqual([]);
    expect(deployment.substitutions['FetchFunction']).toBe(
      `arn:aws:lambda:us-east-1:000000000000:function:${named('fetch')?.name}`,
    );
  });

  it.each([
    ['fetch', 's3:GetObject', 'results/.finedrop/work/museum/1/links/a.json', false],
    ['fetch', 's3:PutObject', 'results/.finedrop/work/museum/1/links/a.json', true],
    ['fetch', 's3:PutObject', 'results/museum/report.json', false],
    ['normalize', 's3:GetObject', 'inbox/museum/train.csv', true],
    ['normalize', 's3:PutObject', 'inbox/museum/train.csv', false],
    ['publish', 's3:PutObject', 'results/museum/1/report.json', true],
  ])('lets %s %s %s: %s', (key, action, place, isAllowed) => {
    const [bucket = '', ...path] = place.split('/');
    const { buckets } = deployment;
    const name = bucket === 'inbox' ? buckets.inbox : buckets.results;
    expect(named(key)?.policy(action, `arn:aws:s3:::${name}/${path.join('/')}`)).toBe(isAllowed);
  });
});
