export function answer(path: string): { status: string; path: string } {
  return { status: "ok", path };
}
