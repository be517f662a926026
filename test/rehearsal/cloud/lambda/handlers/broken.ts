export function handler(): never {
  throw new Error('never reached');
}

throw new TypeError('the module cannot be loaded');
