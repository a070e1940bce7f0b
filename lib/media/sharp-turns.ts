// The image library writes what it complains of into one place for all images that are decoded at once: the words of one were told of
// another. Work goes on together as a rule; what asks for words waits until it is alone.

/** How much work is going on together. */
let atWork = 0;
/** Settles when the last work that had to be alone is done. */
let lastAlone: Promise<void> = Promise.resolve();
let idle: (() => void) | null = null;

/** Runs work with the image library beside other work. */
export async function together<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let before = lastAlone; ; before = lastAlone) {
    await before;
    if (before === lastAlone) break;
  }
  atWork += 1;
  try {
    return await work();
  } finally {
    atWork -= 1;
    if (atWork === 0) idle?.();
  }
}

/** Runs work while nothing else is done with the image library; in the order in which it was asked for. */
export async function alone<Result>(work: () => Promise<Result>): Promise<Result> {
  const before = lastAlone;
  let done = () => {};
  lastAlone = new Promise((resolve) => {
    done = resolve;
  });
  await before;
  if (atWork > 0)
    await new Promise<void>((resolve) => {
      idle = resolve;
    });
  idle = null;
  try {
    return await work();
  } finally {
    done();
  }
}
