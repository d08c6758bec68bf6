// What heap_bench allocates: two slots and 32 bytes of payload. The payload is
// four fields with small integers, 8 bytes each where references are not
// compressed (as in Node): a double would be a second object of 16 bytes, and
// a typed array three more. 72 bytes: three words of header, six fields.
export class Thing {
  constructor(word) {
    this.first = null;
    this.second = null;
    this.a = word;
    this.b = word;
    this.c = word;
    this.d = word;
  }
}
