/** Places whose violations of the rules of depth, words and names are being mended, by the beginning of their text. */
export const pending: readonly string[] = ["the product:"];
