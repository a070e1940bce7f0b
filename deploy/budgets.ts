/** What Node loads before a handler can be called: it is read, compiled and run at each cold start. */
export const START_BUDGET_BYTES = 500_000;
/** All of a function's code; packages that come as they are (sharp, pdfium) are not counted. */
export const WHOLE_BUDGET_BYTES = 4_000_000;

export interface Sizes {
  name: string;
  startBytes: number;
  bundleBytes: number;
}

/** Where functions are larger than they may be, one sentence each. */
export function budgetProblems(functions: readonly Sizes[]): string[] {
  return functions.flatMap(({ name, startBytes, bundleBytes }) => [
    ...(startBytes > START_BUDGET_BYTES
      ? [
          `${name} loads ${startBytes} bytes before its handler can be called, and may load ${START_BUDGET_BYTES}. Import what a call may not need with import() where it is used.`,
        ]
      : []),
    ...(bundleBytes > WHOLE_BUDGET_BYTES
      ? [
          `${name} holds ${bundleBytes} bytes of code, and may hold ${WHOLE_BUDGET_BYTES}. Say in deploy/trim.ts what it never asks for, or take a smaller package.`,
        ]
      : []),
  ]);
}
