import { answer } from "./answer";

const polka = require("polka");

const server = polka()
  .get("/health", (request: any, response: any) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(answer(request.path)));
  })
  .listen(Number(process.env.PORT || 3000));

process.on("SIGTERM", () => server.server.close(() => process.exit(0)));
