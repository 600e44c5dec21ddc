use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    operations::{Case, Operation},
};

on_both![
    every_operation_takes_every_json_type,
    every_operation_takes_xml_whatever_its_root_namespace_and_order,
    every_operation_takes_a_form,
    xml_nil_counts_as_absent_and_numbers_as_booleans,
];

pub(crate) const JSON: [&str; 6] = [
    "application/json",
    "text/json",
    "application/json-patch+json",
    "application/vnd.example.v2+json",
    "Application/JSON; Charset=\"UTF-8\"",
    "application/json;charset=utf-8;odata=verbose",
];
pub(crate) const XML: [&str; 3] = [
    "application/xml",
    "text/xml",
    "Application/XML; charset=UTF-8",
];
pub(crate) const FORM: [&str; 2] = [
    "application/x-www-form-urlencoded",
    "Application/X-WWW-Form-UrlEncoded; charset=utf-8",
];

async fn every_operation_takes_every_json_type(on: Backend) {
    let app = App::start(on).await;

    for operation in Operation::ALL {
        for (number, media_type) in JSON.iter().enumerate() {
            let case = Case::new(&app, operation, &format!("{operation:?}-{number}")).await;
            let answer = case.request().body(media_type, case.json()).send().await;
            assert_eq!(
                answer.status,
                if operation.is_put() { 200 } else { 204 },
                "{answer}"
            );
            case.assert_effect(&app, media_type).await;
        }
    }
}

async fn every_operation_takes_xml_whatever_its_root_namespace_and_order(on: Backend) {
    let app = App::start(on).await;

    for operation in Operation::ALL {
        let root = operation.root();
        let parameter = format!("{}{}", root[..1].to_lowercase(), &root[1..]);
        for number in 0..6 {
            let case = Case::new(&app, operation, &format!("{operation:?}-{number}")).await;
            let elements = case.elements();
            let namespace = "xmlns=\"http://schemas.datacontract.org/2004/07/Api.Models\"";
            let document = match number {
                0 => format!(
                    "<{root} {namespace} xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">{elements}</{root}>"
                ),
                1 => format!(
                    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<!-- x --><{root}>\n  {elements}\n</{root}>\n"
                ),
                2 => format!(
                    "<{parameter}>{}</{parameter}>",
                    elements.replace("><", ">\n\t<")
                ),
                3 => format!(
                    "<p:{root} xmlns:p=\"urn:x\">{}</p:{root}>",
                    elements
                        .replace("</", "\u{1}")
                        .replace('<', "<p:")
                        .replace('\u{1}', "</p:")
                ),
                4 => format!(
                    "<x><Unknown a=\"b\"><Email>c@d</Email></Unknown>{elements}<Other/></x>"
                ),
                _ => format!(
                    "<{root}>{}</{root}>",
                    elements
                        .replace("&lt;", "<![CDATA[<]]>")
                        .replace("&amp;", "&#38;")
                ),
            };
            let media_type = XML[number % XML.len()];
            let answer = case
                .request()
                .body(media_type, document.clone())
                .send()
                .await;
            assert_eq!(answer.status, 204, "{document}: {answer}");
            case.assert_effect(&app, &document).await;
        }
    }
}

async fn every_operation_takes_a_form(on: Backend) {
    let app = App::start(on).await;

    for operation in Operation::ALL {
        for (number, media_type) in FORM.iter().enumerate() {
            let case = Case::new(&app, operation, &format!("{operation:?}-{number}")).await;
            let form = if number == 0 {
                case.form()
            } else {
                format!("unknown=1&{}&=", upper_names(&case.form()))
            };
            let answer = case.request().body(media_type, form.clone()).send().await;
            assert_eq!(answer.status, 204, "{form}: {answer}");
            case.assert_effect(&app, &form).await;
        }
    }
}

async fn xml_nil_counts_as_absent_and_numbers_as_booleans(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let put = |enabled: &str| {
        let xml = format!(
            "<UserRoleData xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">{enabled}<Role>Support</Role></UserRoleData>"
        );
        app.put(user.at("roles"))
            .bearer(&app.master.token)
            .body("application/xml", xml)
    };

    for (enabled, count) in [
        ("<IsEnabled>1</IsEnabled>", 1),
        ("<IsEnabled>0</IsEnabled>", 0),
        ("<isenabled>true</isenabled>", 1),
        ("<IsEnabled i:nil=\"true\"/>", 0),
        ("<IsEnabled/>", 0),
    ] {
        put(enabled).send().await.expect_no_content();
        assert_eq!(
            app.roles_of(&user).await.as_array().unwrap().len(),
            count,
            "{enabled}"
        );
    }
    app.refuses(put(&format!("<IsEnabled>{CANARY}</IsEnabled>")), 400)
        .await;
    let absent =
        "<R xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><Role i:nil=\"true\"/></R>";
    app.refuses(
        app.put(user.at("roles"))
            .bearer(&app.master.token)
            .body("text/xml", absent),
        400,
    )
    .await;
}

fn upper_names(form: &str) -> String {
    let fields = form.split('&').map(|field| field.split_once('=').unwrap());
    fields
        .map(|(name, value)| format!("{}={value}", name.to_uppercase()))
        .collect::<Vec<_>>()
        .join("&")
}
