// Node-RED without its editor: it only runs flows.json
module.exports = {
    flowFile: process.env.FLOWS,
    uiHost: "127.0.0.1",
    uiPort: process.env.UI_PORT,
    disableEditor: true,
    credentialSecret: false,
    logging: { console: { level: "warn" } },
    telemetry: { enabled: false, updateNotification: false },
};
