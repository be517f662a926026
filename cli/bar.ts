/** `██████░░░░ 61 %` */
export function bar(share: number, width = 24): string {
  const full = Math.min(Math.max(share, 0), 1);
  const whole = Math.round(full * width);
  return `${'█'.repeat(whole)}${'░'.repeat(width - whole)} ${Math.floor(full * 100)} %`;
}
