/** A comment of an issue or a pull request, or one on a line of a pull request. */
export type CommentKind = "issue_comment" | "review_comment";

/** What a new comment asks for, after the repository in a semantic key. */
export const commentCreated = (kind: CommentKind, id: string): string => `${kind}:${id}:created`;

/** Two events with this key ask for the same thing. */
export const semanticKeyOf = (repositoryId: string, what: string): string => `github:${repositoryId}:${what}`;
