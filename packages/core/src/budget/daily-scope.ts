const dayMs = 24 * 60 * 60 * 1000;

/** The budget scope of one installation's UTC day. */
export function dailyScope(installationId: string, now: Date): string {
  return `installation/${installationId}/${now.toISOString().slice(0, 10)}`;
}

/** How long until the next UTC day begins, in milliseconds. */
export function millisecondsUntilTomorrow(now: Date): number {
  return dayMs - (now.getTime() % dayMs);
}
