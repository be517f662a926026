// Runs inside a browser's page, which knows no TypeScript; page.real.test.ts evaluates this text.
({
  width: () => document.documentElement.scrollWidth,

  /** The height of every section. */
  heights: () =>
    [...document.querySelectorAll('main section')].map((it) => it.getBoundingClientRect().height),

  /** Everything that reaches beyond the page's width, but for what scrolls by itself and for the stretched lines of charts. */
  cutOff: () =>
    [...document.querySelectorAll('body *')]
      .filter((element) => element.closest('.scroll') === null && element.closest('svg svg') === null)
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 0 && (left < -1 || right > document.documentElement.clientWidth + 1);
      })
      .map((element) => `${element.tagName} ${element.textContent.trim().slice(0, 40)}`),

  /** Labels of one chart that cover each other. */
  colliding: () =>
    [...document.querySelectorAll('svg.chart')].flatMap((chart) => {
      const labels = [...chart.querySelectorAll('text')]
        .map((label) => ({ text: label.textContent.trim(), box: label.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0);
      return labels.flatMap((one, at) =>
        labels.slice(at + 1).flatMap((other) => {
          const [a, b] = [one.box, other.box];
          const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          // Boxes have room above and below their letters.
          return across > 1 && down > 3 ? [`${one.text} and ${other.text}`] : [];
        }),
      );
    }),

  /** What has to be moved sideways to be read. */
  wider: () =>
    [...document.querySelectorAll('.scroll')]
      .filter((element) => element.closest('details:not([open])') === null)
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
      .map(({ textContent }) => textContent.trim().replaceAll(/\s+/gu, ' ').slice(0, 60)),

  /** Texts with less than 4.5 to 1 against what is behind them (WCAG AA), with their ratio. */
  contrasts: () => {
    const parsed = (colour) => (colour.match(/[\d.]+/gu) ?? []).map(Number);
    const over = (front, back) => {
      const alpha = front[3] ?? 1;
      return [0, 1, 2].map((at) => (front[at] ?? 0) * alpha + (back[at] ?? 0) * (1 - alpha));
    };
    const luminance = (colour) => {
      const [red, green, blue] = colour.map((part) => {
        const share = part / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ratio = (a, b) => {
      const [dark, light] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
      return (light + 0.05) / (dark + 0.05);
    };
    const groundOf = (element) => {
      const own = parsed(getComputedStyle(element).backgroundColor);
      return over(own, element.parentElement === null ? [255, 255, 255] : groundOf(element.parentElement));
    };
    const texts = [...document.querySelectorAll('body *')].filter(
      (element) =>
        [...element.childNodes].some(
          (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '',
        ) &&
        element.closest('desc, title') === null &&
        element.getClientRects().length > 0,
    );
    const tooWeak = texts.flatMap((element) => {
      const style = getComputedStyle(element);
      // Numbers of marks stand on their mark.
      const back = element.classList.contains('dot')
        ? parsed(getComputedStyle(element.previousElementSibling).fill)
        : groundOf(element);
      const front = parsed(element.closest('svg') === null ? style.color : style.fill);
      const found = ratio(over(front, back), back);
      return found < 4.5 ? [`${element.textContent.trim().slice(0, 30)}: ${found.toFixed(2)}`] : [];
    });
    return {
      texts: texts.length,
      ground: luminance(groundOf(document.body)) > 0.5 ? 'light' : 'dark',
      tooWeak,
    };
  },
});
