/** One level of a {@link Logger}: facts first, then the sentence. */
export type LogMethod = (facts: object, message: string) => void;

/** The part of pino that agentbot uses, so that a pino logger drops in unchanged. Silent by default. */
export interface Logger {
  /** For the development of the bot. */
  readonly debug: LogMethod;
  /** The normal course of events. */
  readonly info: LogMethod;
  /** A fault that the bot copes with. */
  readonly warn: LogMethod;
  /** A fault that an operator has to act on. */
  readonly error: LogMethod;
  /** A logger that adds these facts to every line. */
  child(facts: object): Logger;
}
