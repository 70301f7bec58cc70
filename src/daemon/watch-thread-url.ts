/** What runs in the watch thread; only its address, so that it is not loaded here. */
export const WATCH_THREAD_URL: URL = new URL('./watch-thread.js', import.meta.url)
