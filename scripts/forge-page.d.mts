export function forgePage(): Promise<string>
