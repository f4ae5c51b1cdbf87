/**
 * The name of an issue's or pull request's thread. One form for both, since they share their numbers: a comment on a
 * pull request comes as an `issue_comment`, a review of it does not, and both belong to one thread.
 */
export function threadAlias(repositoryId: string, number: number): string {
  return `github:${repositoryId}:issue:${number}`;
}
