/** Builds the web client into a folder; returns the folder. */
export declare function buildWeb(folder?: string): Promise<string>
