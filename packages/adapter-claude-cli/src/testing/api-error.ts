/** An error of the API: its status, its type and its words. */
export interface ApiError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

/** The types by status, and what the API says with each. (platform.claude.com/docs/en/api/errors) */
const knownErrors: Readonly<Record<number, Omit<ApiError, "status">>> = {
  400: { type: "invalid_request_error", message: "The request is not valid." },
  401: { type: "authentication_error", message: "invalid x-api-key" },
  403: { type: "permission_error", message: "Your API key does not have permission to use this resource." },
  404: { type: "not_found_error", message: "Not found" },
  405: { type: "invalid_request_error", message: "Method Not Allowed" },
  413: { type: "request_too_large", message: "Request exceeds the maximum size" },
  429: { type: "rate_limit_error", message: "This request would exceed your account's rate limit." },
  500: { type: "api_error", message: "Internal server error" },
  529: { type: "overloaded_error", message: "Overloaded" },
};

/** The API's error of a status, in its own words or in these. */
export function apiErrorOf(status: number, message?: string): ApiError {
  const known = knownErrors[status] ?? { type: "api_error", message: `Error ${status}` };
  return { status, type: known.type, message: message ?? known.message };
}

/** The body of an error's answer. */
export function errorBody({ type, message }: ApiError, requestId: string): string {
  return JSON.stringify({ type: "error", error: { type, message }, request_id: requestId });
}
