/**
 * The longest delay of an entry in the queue, in milliseconds. A task may wait until tomorrow, but it may end in the
 * meantime, which the queue does not notice, and its thread waits behind its entry: a worker therefore looks at it from time
 * to time.
 */
export const maxQueueDelayMs = 120_000;
