<?php
// What the settings page shows before anything was saved in it. All of it is public: the key
// is typed into the settings page and nowhere else.
return array(
    'api_url' => '',
    'lookup_url' => '',
    'shop_name' => '',
    'phone' => '',
    'notice_date' => '',
);
