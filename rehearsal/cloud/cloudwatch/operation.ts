/** One operation of the API: input as it came, output as it goes (Dates for times). @throws CloudWatchError */
export type Operation = (input: unknown) => unknown;
