/** One level of a {@link Logger}: facts first, then the sentence. */
export type LogMethod = (facts: object, message: string) => void;

/** The part of pino that agentbot uses, so that a pino logger drops in unchanged. Silent by default. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  /** A logger that adds these facts to every line. */
  child(facts: object): Logger;
}
