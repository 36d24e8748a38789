// Shows what arrives in the handset without reloading the page; without this file there is a link for it.
const log = document.getElementById('conversation')

const toTheEnd = () => { log.scrollTop = log.scrollHeight }

const look = async () => {
  if (document.hidden) return
  try {
    const answer = await fetch(log.dataset.address)
    const words = answer.ok ? await answer.text() : ''
    if (words && words !== log.dataset.shown) {
      log.innerHTML = words
      log.dataset.shown = words
      toTheEnd()
    }
  } catch {
    // The server is restarting: the next look finds it.
  }
}

toTheEnd()
look()
setInterval(look, 1000)
