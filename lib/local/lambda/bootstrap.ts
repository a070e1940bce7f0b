/**
 * What runs inside an execution environment: loads the handler, then answers one event after another.
 * Node gets this very text by `--eval`, from the sources as from the build. So it is JavaScript: every type in it is inferred.
 */
import { pathToFileURL } from 'node:url';

const [, file = '', handlerName = '', facts = '{}'] = process.argv;
/** Milliseconds between the clock of the machine and the one that the function is to see. */
const clock = { shift: 0 };

/** Undefined, as a default that fits whatever comes. */
const nothing = Object().nothing;

const tell = (fact = {}, then = () => {}) => process.send?.(JSON.stringify(fact), undefined, undefined, then);

const describe = (thrown = nothing) =>
  thrown instanceof Error
    ? { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') }
    : { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };

const endWith = (failure = {}, code = 1) => tell({ failure, fatal: true }, () => process.exit(code));

const shiftDate = () => {
  const now = () => realNow() + clock.shift;
  const RealDate = Date;
  const realNow = Date.now;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, words, made) => Reflect.construct(target, words.length === 0 ? [now()] : words, made),
    apply: (target) => new target(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
};

const load = async () => {
  const loaded = await import(pathToFileURL(file).href);
  const handler = handlerName.split('.').reduce((value, name) => value?.[name], loaded);
  if (typeof handler === 'function') return handler;
  const message = `${handlerName} is undefined or not exported`;
  return endWith({ errorType: 'Runtime.HandlerNotFound', errorMessage: message, trace: [] });
};

const isMissingModule = (error = nothing) => ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(error?.code);

const failToLoad = (error = nothing) => {
  const failure = describe(error);
  if (isMissingModule(error)) failure.errorType = 'Runtime.ImportModuleError';
  if (error instanceof SyntaxError) failure.errorType = 'Runtime.UserCodeSyntaxError';
  endWith(failure);
};

const contextOf = (requestId = '', deadline = 0) => ({
  ...JSON.parse(facts),
  awsRequestId: requestId,
  callbackWaitsForEmptyEventLoop: true,
  // The limit is of real time, whatever time the function sees.
  getRemainingTimeInMillis: () => Math.max(0, deadline - (Date.now() - clock.shift)),
});

const answer = (value = nothing) => {
  try {
    tell({ answer: JSON.stringify(value) ?? 'null' });
  } catch (error) {
    const why = `Unable to stringify response body: ${error instanceof Error ? error.message : String(error)}`;
    tell({ failure: { errorType: 'Runtime.MarshalError', errorMessage: why, trace: [] } });
  }
};

process.once('disconnect', () => process.exit(0));
process.on('uncaughtException', (error) => endWith(describe(error), 129));
process.on('unhandledRejection', (reason) => {
  const { errorMessage, trace } = describe(reason ?? 'undefined');
  endWith({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage, trace }, 128);
});

load().then((handler) => {
  const loadMilliseconds = performance.now();
  process.on('message', (message) => {
    const { event, requestId, deadline, shift } = JSON.parse(String(message));
    if (shift !== 0 && clock.shift === 0) shiftDate();
    clock.shift = shift;
    Promise.resolve()
      .then(() => handler(JSON.parse(event), contextOf(requestId, deadline)))
      .then(answer, (error) => tell({ failure: describe(error) }));
  });
  tell({ ready: true, loadMilliseconds });
}, failToLoad);
