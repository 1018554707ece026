import { greeting } from "./greeting.js";

document.getElementById("app").textContent = `${greeting()} ${import.meta.env.VITE_API_URL}`;
