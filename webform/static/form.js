/* The form without its script is whole; this adds a line without a round trip. */
const more = document.querySelector("button.more");
const place = document.querySelector("#more-place");
const MOST = 10;

function another() {
  const lines = document.querySelectorAll(".line");
  const last = lines[lines.length - 1];
  const line = last.cloneNode(true);
  const number = lines.length;
  line.id = `line-${number}`;
  line.removeAttribute("aria-describedby");
  line.setAttribute("aria-label", line.getAttribute("aria-label").replace(/\d+/, String(number + 1)));
  line.querySelector(".wrong")?.remove();
  for (const part of line.querySelectorAll("select, input")) {
    const label = line.querySelector(`label[for="${part.id}"]`);
    part.id = part.id.replace(/\d+$/, String(number));
    part.value = "";
    part.removeAttribute("aria-invalid");
    label.htmlFor = part.id;
  }
  last.after(line);
  line.querySelector("select").focus();
  more.hidden = number + 1 >= MOST;
}

if (more && place) {
  // With the script at work the button may stand beside the lines: it no longer sends the form.
  more.type = "button";
  place.append(more);
  more.addEventListener("click", another);
}
document.querySelector("#wrong")?.focus();
