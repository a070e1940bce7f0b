import type { LambdaFunction } from './lambda-function.ts';

/** Where a function would run, and as whom. */
export interface Place {
  region: string;
  account: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/**
 * All that a function finds in its environment: what Lambda sets (Developer Guide, "Defined runtime environment variables"), then
 * what the template says. Nothing comes from the caller but the search path for programs.
 */
export function lambdaVariables(
  { name, handler, folder, memoryMegabytes, environment }: LambdaFunction,
  { region, credentials }: Place,
  { temporary, stream }: { temporary: string; stream: string },
): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    // On Lambda only /tmp can be written; HOME keeps the SDKs from finding a person's own settings.
    TMPDIR: temporary,
    HOME: temporary,
    LAMBDA_TASK_ROOT: folder,
    _HANDLER: handler,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: stream,
    ...environment,
  };
}

/** What the handler's second argument tells besides the request. */
export function contextFacts(
  { name, memoryMegabytes }: LambdaFunction,
  { region, account }: Place,
  stream: string,
): Record<string, string> {
  return {
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${region}:${account}:function:${name}`,
    memoryLimitInMB: String(memoryMegabytes),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: stream,
  };
}
