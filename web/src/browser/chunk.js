// Loading a module while the program runs, and knowing when something comes into sight. Files of our own, so that the page's
// policy lets them run.
export const load = (address) => import(address);

export const seen = (element) =>
  new Promise((resolve) => {
    const watch = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watch.disconnect();
      resolve();
    });
    watch.observe(element);
  });
