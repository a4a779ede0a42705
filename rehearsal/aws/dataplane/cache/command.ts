/** The first whole command of what has come: an array of bulk strings (RESP2), and where it ends. */
export function readCommand(bytes: Buffer): { parts: string[]; end: number } | undefined {
  const line = (start: number) => {
    const end = bytes.indexOf('\r\n', start);
    return end < 0 ? undefined : { text: bytes.toString('utf8', start + 1, end), end: end + 2 };
  };
  const head = line(0);
  if (!head) return undefined;
  const parts: string[] = [];
  let end = head.end;
  for (let index = 0; index < Number(head.text); index++) {
    const length = line(end);
    if (!length) return undefined;
    const stop = length.end + Number(length.text);
    if (bytes.length < stop + 2) return undefined;
    parts.push(bytes.toString('utf8', length.end, stop));
    end = stop + 2;
  }
  return { parts, end };
}
