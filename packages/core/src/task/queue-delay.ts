/**
 * The longest time an entry is put off in the queue, in milliseconds. A task may wait until tomorrow, but how it ends
 * meanwhile is not told to the queue, and its thread waits behind its entry: so it is looked at now and then.
 */
export const maxQueueDelayMs = 120_000;
