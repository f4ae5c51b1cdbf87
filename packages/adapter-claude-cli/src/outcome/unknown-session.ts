const unknownSession = /no conversation found with session id|--resume requires a valid session/i;

/** Whether the CLI says that the session to resume isn't there. It says so in an error line, in older versions on stderr. */
export function isUnknownSession(text: string): boolean {
  return unknownSession.test(text);
}
