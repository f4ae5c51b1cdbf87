const texts = new WeakMap<Response, string>();

/** An answer whose text a host can send as it is: to read it back out of the answer's stream costs more than to make it. */
export function respondText(text: string, init: ResponseInit): Response {
  const response = new Response(text, init);
  texts.set(response, text);
  return response;
}

/** The text of an answer made by {@link respondText}, while nobody has read it; else null. */
export function knownText(response: Response): string | null {
  return response.bodyUsed || response.body?.locked === true ? null : (texts.get(response) ?? null);
}
