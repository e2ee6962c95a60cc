<?php
/**
 * Settings of the shop. What is left empty here is taken from defaults.php beside this file.
 * Keep it readable for the web server only: the key is worth as much as the database password.
 */
return array(
    'api_url' => '',     // https://… : base of the MY page API
    'key' => '',         // exk_…
    'lookup_url' => '',  // https://… : the page where customers look themselves up
    'shop_name' => '',
    'phone' => '',       // in digits and hyphens
    'notice_date' => '', // as customers are to read it, such as 2023年7月25日
    'ca_file' => '',     // usually empty: certificates to trust instead of the system's
    'forgot_url' => '',  // usually empty: the shop's page for forgotten passwords, if it is not /forgot/
    'mode' => 'watch',   // 'on' only when "php exposure-cron.php HTML test" shows no BAD
);
