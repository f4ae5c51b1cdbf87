import { secretForms } from "./secret-forms.js";
import { labelledSecretPatterns, secretPatterns } from "./secret-patterns.js";

const replacement = "[redacted]";

/**
 * Replaces secrets by `[redacted]`: first every known value of at least 8 characters, also as base64, hex, URL- or
 * JSON-encoded text, then whatever looks like a credential. Linear in the text.
 *
 * @param knownSecrets - the values this process knows; shorter ones are ignored
 */
export function redactSecrets(text: string, knownSecrets: readonly string[] = []): string {
  return createRedactor(knownSecrets)(text);
}

/** {@link redactSecrets} for many texts: what the values look like in each encoding is worked out once. */
export function createRedactor(knownSecrets: readonly string[]): (text: string) => string {
  const forms = secretForms(knownSecrets);
  return (text) => {
    let redacted = text;
    for (const form of forms) redacted = redacted.replaceAll(form, replacement);
    for (const pattern of secretPatterns) redacted = redacted.replace(pattern, replacement);
    for (const pattern of labelledSecretPatterns) redacted = redacted.replace(pattern, `$1${replacement}`);
    return redacted;
  };
}
