import type { SQSBatchResponse } from 'aws-lambda';
import { receive } from '../pipeline/receive.ts';
import { type Due, retrain } from '../pipeline/retrain.ts';
import type { Step } from '../pipeline/services.ts';
import { observed } from './aws-observe.ts';
import { openServices, receiveServices, retrainServices } from './aws-services.ts';
import { readAwsSettings } from './aws-settings.ts';

/** A Lambda's handler that runs one step of the state machine; errors keep their names, so that the machine can tell what may be tried again. */
export function stepHandler(step: Step): (event: unknown) => Promise<unknown> {
  return (event) =>
    observed(step.name, event, async (observing) => {
      const { services, close } = openServices(readAwsSettings(process.env), observing);
      try {
        // What a step answers crosses a process's border: only JSON does.
        return JSON.parse(JSON.stringify((await step.run(event, services)) ?? null));
      } finally {
        await close();
      }
    });
}

/** The handler behind the queue of storage events: messages that could not be handled come again, alone. */
export function receiveHandler(): (event: unknown) => Promise<SQSBatchResponse> {
  return (event) =>
    observed('receive', event, (observing) => receive(event, receiveServices(readAwsSettings(process.env), observing)));
}

/** The handler behind the clock: what a tick could not start fails its call, when it has started all others. */
export function retrainHandler(): (event: unknown) => Promise<{ due: Due[] }> {
  return (event) =>
    observed('retrain', event, async (observing) => ({
      due: await retrain(retrainServices(readAwsSettings(process.env), observing)),
    }));
}
