let sent = 0;

export const requestSent = (): void => {
  sent += 1;
};

/** Requests to the Data API that this process has sent so far; the SDK's own retries of one are not seen. */
export const requestsSent = (): number => sent;
