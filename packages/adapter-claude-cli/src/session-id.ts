const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The CLI's sessions are UUIDs. Anything else is never stored and never put on a command line: it names a file. */
export function isSessionId(text: string): boolean {
  return uuidPattern.test(text);
}
