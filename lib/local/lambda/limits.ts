/** A synchronous call's event (Lambda quotas, "Invocation payload"; the Invoke operation's own message names this number). */
export const LARGEST_EVENT = 6_291_456;
/** A synchronous call's answer; a hundred bytes more than an event may have (message of Function.ResponseSizeTooLarge). */
export const LARGEST_ANSWER = 6_291_556;
/** Loading the handler (Lambda Developer Guide, "Lambda execution environment lifecycle"); a slower one gets the function's own time. */
export const LOAD_SECONDS = 10;
/** What Lambda's Node.js runtime gives its heap, in shares of the function's memory (the runtime's `bootstrap` script). */
export const HEAP_SHARES = { new: 0.05, old: 0.9 };
