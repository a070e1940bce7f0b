import { describe, expect, it } from 'vitest';
import type { Template } from './compiled.ts';
import { templateWith } from './conditions.ts';
import { referenceProblems } from './references.ts';
import { specificationProblems } from './specification.ts';

const queue = (Properties: Record<string, unknown>): Template => ({
  Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties } },
});

const bucket = (rule: unknown): Template => ({
  Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: { LifecycleConfiguration: { Rules: [rule] } } } },
});

describe('specificationProblems', () => {
  it.each<[string, Template, string]>([
    [
      'an unknown type',
      { Resources: { A: { Type: 'AWS::SQS::Quene' } } },
      'A: there is no resource type AWS::SQS::Quene',
    ],
    ['an unknown property', queue({ Visibility: 4 }), 'Queue: there is no property Visibility'],
    ['an inherited property', queue({ constructor: 4 }), 'Queue: there is no property constructor'],
    [
      'a missing property',
      { Resources: { F: { Type: 'AWS::Lambda::Function', Properties: { Code: {} } } } },
      'F: Role is required',
    ],
    [
      'a nested property that is unknown',
      bucket({ Status: 'Enabled', AbortIncompleteMultipartUploads: {} }),
      'Bucket.LifecycleConfiguration.Rules[0]: there is no property AbortIncompleteMultipartUploads',
    ],
    [
      'a nested property that is missing',
      bucket({ Id: 'a' }),
      'Bucket.LifecycleConfiguration.Rules[0]: Status is required',
    ],
    [
      'the same in a branch',
      bucket({ 'Fn::If': ['A', { Status: 'Enabled' }, { Id: 'a' }] }),
      'Bucket.LifecycleConfiguration.Rules[0]: Status is required',
    ],
    [
      'a list where an object belongs',
      queue({ RedrivePolicy: null }),
      'Queue.RedrivePolicy: CloudFormation takes no null',
    ],
    [
      'a null within JSON',
      queue({ RedrivePolicy: { a: null } }),
      'Queue.RedrivePolicy.a: CloudFormation takes no null',
    ],
    ['an object where a list belongs', queue({ Tags: {} }), 'Queue.Tags: {} is no list'],
    [
      'words where a number belongs',
      queue({ VisibilityTimeout: 'long' }),
      'Queue.VisibilityTimeout: "long" is no integer',
    ],
    [
      'a word that is not allowed',
      bucket({ Status: 'On' }),
      'Bucket.LifecycleConfiguration.Rules[0].Status: On is none of Enabled, Disabled',
    ],
    [
      'a key that resources do not have',
      { Resources: { A: { Type: 'AWS::SNS::Topic', Propertys: {} } as never } },
      'A: a resource has no "Propertys"',
    ],
  ])('tells of %s', (_what, template, problem) => {
    expect(specificationProblems(template)).toContain(problem);
  });

  it('takes what CloudFormation takes', () => {
    expect(
      specificationProblems(queue({ VisibilityTimeout: '30', FifoQueue: 'true', QueueName: { Ref: 'Name' } })),
    ).toEqual([]);
  });
});

const withConditions = (Resources: Template['Resources'], rest: Partial<Template> = {}): Template => ({
  Resources,
  ...rest,
});
const topic = (DisplayName: unknown) => ({ Type: 'AWS::SNS::Topic', Properties: { DisplayName } });

describe('referenceProblems', () => {
  it.each<[string, Template, string]>([
    [
      'a name that nothing has',
      withConditions({ A: topic({ Ref: 'Nobody' }) }),
      'Resources.A.Properties.DisplayName: there is no Nobody',
    ],
    [
      'a pseudo parameter that there is not',
      withConditions({ A: topic({ Ref: 'AWS::Regoin' }) }),
      'Resources.A.Properties.DisplayName: there is no AWS::Regoin',
    ],
    [
      'an attribute that the type lacks',
      withConditions({ A: topic({ 'Fn::GetAtt': ['B', 'Arm'] }), B: topic('b') }),
      'Resources.A.Properties.DisplayName: B has no attribute Arm',
    ],
    [
      'a name within a text',
      withConditions({ A: topic({ 'Fn::Sub': `x \${Nobody}` }) }),
      'Resources.A.Properties.DisplayName: there is no Nobody',
    ],
    [
      'an attribute within a text',
      withConditions({ A: topic({ 'Fn::Sub': `x \${B.Arm}` }), B: topic('b') }),
      'Resources.A.Properties.DisplayName: B has no attribute Arm',
    ],
    [
      'a dependency that there is not',
      withConditions({ A: { ...topic('a'), DependsOn: 'B' } }),
      'A: DependsOn names no resource: B',
    ],
    [
      'a condition that there is not',
      withConditions({ A: { ...topic('a'), Condition: 'Sunny' } }),
      'A: there is no condition Sunny',
    ],
    [
      'a condition that nobody asks for',
      withConditions({}, { Conditions: { Sunny: {} } }),
      'Conditions.Sunny: nobody asks for it',
    ],
    [
      'a function between joined words',
      withConditions({ A: topic({ 'Fn::Join': [{ Ref: 'AWS::Region' }, ['a', 'b']] }) }),
      'Resources.A.Properties.DisplayName: the separator of Fn::Join must be plain text',
    ],
    [
      'a function that there is not',
      withConditions({ A: topic({ 'Fn::Joyn': [] }) }),
      'Resources.A.Properties.DisplayName: Fn::Joyn is not known here',
    ],
    [
      'resources that wait for each other',
      withConditions({ A: topic({ Ref: 'B' }), B: { ...topic('b'), DependsOn: ['A'] } }),
      'these wait for each other: A -> B -> A',
    ],
  ])('tells of %s', (_what, template, problem) => {
    expect(referenceProblems(template)).toContain(problem);
  });

  it('takes references that resolve, and leaves escaped ones alone', () => {
    const template = withConditions(
      { A: topic({ 'Fn::Sub': [`\${own} \${!not} \${B.TopicArn} \${P}`, { own: { Ref: 'B' } }] }), B: topic('b') },
      { Parameters: { P: { Type: 'String' } } },
    );
    expect(referenceProblems(template)).toEqual([]);
  });
});

describe('templateWith', () => {
  const template: Template = {
    Parameters: { Name: { Type: 'String', Default: '' } },
    Conditions: { IsNamed: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Name' }, ''] }] } },
    Resources: {
      Named: { ...topic('named'), Condition: 'IsNamed' },
      Always: topic({ 'Fn::If': ['IsNamed', { Ref: 'Named' }, { Ref: 'AWS::NoValue' }] }),
    },
  };

  it('keeps what the parameters ask for', () => {
    expect(templateWith(template, { Name: 'a' }).Resources).toEqual({
      Named: topic('named'),
      Always: topic({ Ref: 'Named' }),
    });
  });

  it('drops what they do not, so that a reference to it shows', () => {
    const { Resources } = templateWith(template, {});
    expect(Resources).toEqual({ Always: { Type: 'AWS::SNS::Topic', Properties: {} } });
    const careless = { ...template, Resources: { ...template.Resources, Always: topic({ Ref: 'Named' }) } };
    expect(referenceProblems(templateWith(careless, {}))).toContain(
      'Resources.Always.Properties.DisplayName: there is no Named',
    );
  });
});
