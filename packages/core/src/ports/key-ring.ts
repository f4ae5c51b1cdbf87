/** Where a secret is stored: bound into its ciphertext, so that rows cannot be swapped. */
export interface SecretLocation {
  /** The name of its table. */
  readonly table: string;
  /** The name of its column. */
  readonly column: string;
  /** The key of its row. */
  readonly rowId: string;
}

/** Encrypts secrets at rest. `decrypt` throws AgentBotError `DECRYPTION_FAILED` for a wrong key, place or text. */
export interface KeyRing {
  /** Encrypts with the first key; the result decrypts at this location only. */
  encrypt(plaintext: string, location: SecretLocation): Promise<string>;
  /** Decrypts with the key that the text names. */
  decrypt(ciphertext: string, location: SecretLocation): Promise<string>;
}
