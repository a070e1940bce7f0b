import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A call of one of AWS's small APIs; `caller` is the access key, here the function's name. */
export interface ServiceCall {
  caller: string;
  /** `states:StartExecution` */
  action: string;
  input: Readonly<Record<string, unknown>>;
}

/** What a call is answered with; an `error` is the API's own error name. */
export type ServiceAnswer = { value: unknown } | { error: string; message: string };

export interface ServiceDoor {
  url: string;
  calls: ServiceCall[];
  close(): Promise<void>;
}

/** X-Amz-Target's prefix -> the word that permissions have for the service. */
const SERVICES: Readonly<Record<string, string>> = {
  AWSStepFunctions: 'states',
  secretsmanager: 'secretsmanager',
  AWSEvents: 'events',
};

/** A stand-in for the JSON APIs of Step Functions, Secrets Manager and EventBridge, and SNS's query API. */
export async function openServiceDoor(answer: (call: ServiceCall) => Promise<ServiceAnswer>): Promise<ServiceDoor> {
  const calls: ServiceCall[] = [];
  const server = createServer((request, response) => {
    handle(request, response, { calls, answer }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Handling {
  calls: ServiceCall[];
  answer: (call: ServiceCall) => Promise<ServiceAnswer>;
}

async function handle(request: IncomingMessage, response: ServerResponse, { calls, answer }: Handling): Promise<void> {
  const body = await text(request);
  const target = String(request.headers['x-amz-target'] ?? '');
  const call = { caller: callerOf(request), ...(target === '' ? queryCall(body) : jsonCall(target, body)) };
  calls.push(call);
  const result = await answer(call);
  if (target === '') sendXml(response, call, result);
  else sendJson(response, result);
}

function callerOf({ headers }: IncomingMessage): string {
  return /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
}

function jsonCall(target: string, body: string): Omit<ServiceCall, 'caller'> {
  const [service = '', operation = ''] = target.split('.');
  return { action: `${SERVICES[service] ?? service}:${operation}`, input: JSON.parse(body) };
}

function queryCall(body: string): Omit<ServiceCall, 'caller'> {
  const input = Object.fromEntries(new URLSearchParams(body));
  return { action: `sns:${input['Action'] ?? ''}`, input };
}

function sendJson(response: ServerResponse, result: ServiceAnswer): void {
  const isError = 'error' in result;
  response
    .writeHead(isError ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' })
    .end(JSON.stringify(isError ? { __type: result.error, message: result.message } : result.value));
}

function sendXml(response: ServerResponse, { action }: ServiceCall, result: ServiceAnswer): void {
  const name = action.slice('sns:'.length);
  const body =
    'error' in result
      ? `<ErrorResponse><Error><Type>Sender</Type><Code>${result.error}</Code><Message>${result.message}</Message></Error></ErrorResponse>`
      : `<${name}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${name}Result><MessageId>1</MessageId></${name}Result></${name}Response>`;
  response.writeHead('error' in result ? 403 : 200, { 'content-type': 'text/xml' }).end(body);
}
