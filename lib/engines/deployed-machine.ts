/** How executions of a deployed machine sign their claims: `holder.host`. */
export const DEPLOYED = 'step-functions';

/** How often somebody who waits for a deployed machine looks. */
export const LOOK_MS = 2000;

/** A deployed machine settles the drop first, which takes a minute or two; what has not begun by then does not begin. */
export const BEGIN_WITHIN_MS = 600_000;
