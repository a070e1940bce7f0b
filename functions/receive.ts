import { receiveHandler } from '../lib/engines/aws.ts';

/** Turns a batch of storage events into executions of the state machine. */
export const handler = receiveHandler();
