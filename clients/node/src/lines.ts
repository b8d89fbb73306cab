// Bytes in any pieces become whole lines of text. Pure.
//
// What always holds: a line is given out once its end is there, never a part of it; bytes that
// aren't UTF-8 are an error, not a replacement character in somebody's key; a line without an end
// is an error once it is too long.

const NEWLINE = 10;

export class Lines {
  readonly #bytesMax: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  // The lines that `chunk` completes. The chunk isn't kept, but may be given back in the text of
  // lines.
  take(chunk: Uint8Array): string[] {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      this.#keep(chunk);
      return [];
    }
    const whole = this.#with(chunk.subarray(0, end));
    this.#pieces = [];
    this.#bytes = 0;
    if (end + 1 < chunk.length) this.#keep(chunk.subarray(end + 1));
    // Decoding all lines of a chunk at once takes a third of the time of decoding each.
    return this.#decoder.decode(whole).split("\n");
  }

  // Forgets the line that has no end yet: another connection begins anew.
  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }

  get unfinishedBytes(): number {
    return this.#bytes;
  }

  #keep(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#bytesMax) {
      throw new RangeError(`a line has more than ${this.#bytesMax} bytes and no end`);
    }
    this.#pieces.push(new Uint8Array(piece));
  }

  #with(last: Uint8Array): Uint8Array {
    if (this.#pieces.length === 0) return last;
    const whole = new Uint8Array(this.#bytes + last.length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    whole.set(last, at);
    return whole;
  }
}
