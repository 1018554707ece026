export function greeting() {
  return "The API is at";
}
