// What ruby.ts calls of it: Node's types have no more than the names, and the browser's would bring all of a page.
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  namespace Module {
    function imports(module: Module): readonly { readonly name: string }[];
  }
  type Exports = Readonly<Record<string, unknown>>;
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports: object): Promise<{ readonly exports: Exports }>;
}
