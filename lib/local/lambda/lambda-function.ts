/** One function as a template deploys it. */
export interface LambdaFunction {
  name: string;
  /** `functions/survey.handler`: a file below `folder` without its extension, and the name that it exports. */
  handler: string;
  /** What the package unpacks to. */
  folder: string;
  memoryMegabytes: number;
  timeoutSeconds: number;
  environment: Readonly<Record<string, string>>;
  /** Calls beyond this many at once are refused with TooManyRequestsException; without it they wait for their turn. */
  reservedConcurrency?: number;
}

/** What a call of a function came to: JSON text, or the failure that Lambda would answer with. */
export type Outcome = { answer: string } | { failure: FunctionFailure };

/** A failure as Lambda's answer tells it; Step Functions matches `errorType` in Retry and Catch. */
export interface FunctionFailure {
  errorType: string;
  errorMessage: string;
  trace?: readonly string[];
}

/** The service refused the call: no function ran. `name` is the API's error code. */
export class LambdaServiceError extends Error {
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}
