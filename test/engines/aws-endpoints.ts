import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call as AWS's JSON and query protocols make it. */
export interface AwsCall {
  action: string;
  body: Record<string, unknown>;
}

export type AwsAnswer = { status?: number; body: unknown };

/** A server that answers for AWS's services: `SFN.StartExecution` and the like, by the action's name. */
export async function awsEndpoint(answers: Readonly<Record<string, (call: AwsCall) => AwsAnswer>>) {
  const calls: AwsCall[] = [];
  const server = createServer(async (request, response) => {
    const call = await readCall(request);
    calls.push(call);
    const answer = answers[call.action]?.(call) ?? { status: 400, body: { __type: 'UnknownOperationException' } };
    const { __type: type } = answer.body as { __type?: string };
    response.writeHead(answer.status ?? 200, {
      'content-type': 'application/x-amz-json-1.0',
      ...(type === undefined ? {} : { 'x-amzn-errortype': type }),
    });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, calls, close };
}

async function readCall(request: IncomingMessage): Promise<AwsCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return { action: target.split('.').at(-1) ?? '', body: JSON.parse(text) };
  const form = Object.fromEntries(new URLSearchParams(text));
  return { action: form['Action'] ?? '', body: form };
}
