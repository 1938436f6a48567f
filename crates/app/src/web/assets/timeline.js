// Shows the order's progress as it happens: the server sends the finished fragment, this puts it in place.
const place = document.querySelector("#timeline");
const address = place?.dataset.events;

if (address) {
  const source = new EventSource(address);

  source.addEventListener("timeline", (event) => {
    place.innerHTML = event.data;
  });

  // Nothing more will happen: buttons and panel access around the timeline change once.
  source.addEventListener("end", () => {
    source.close();
    location.reload();
  });
}
