<?php
/** What is wrong with a new password, by the code of the policy: Japanese and English. */
class ExposureReset_Words
{
    /** Both languages of one code. A code without words gets a general sentence, never nothing. */
    public static function of($code)
    {
        $all = self::all();
        return isset($all[$code]) ? $all[$code] : array('このパスワードは使えません。ほかのものにしてください。', 'This password cannot be used. Choose another.');
    }

    private static function all()
    {
        return array(
            'empty' => array('新しいパスワードを入力してください。', 'Enter a new password.'),
            'short' => array('12文字以上にしてください。', 'Use 12 characters or more.'),
            'long' => array('長すぎます。半角で72文字まで（全角では24文字まで）にしてください。', 'It is too long. Use at most 72 characters.'),
            'control' => array('使えない文字が入っています。入力しなおしてください。', 'It holds a character that cannot be used. Enter it again.'),
            'differ' => array('2つの欄のパスワードが同じではありません。入力しなおしてください。', 'The two passwords are not the same. Enter them again.'),
            'address' => array('メールアドレスが入ったパスワードは使えません。', 'A password with your e-mail address in it cannot be used.'),
            'shop' => array('店名が入ったパスワードは使えません。', 'A password with the name of this shop in it cannot be used.'),
            'common' => array('よく使われるパスワードは、推測されやすいため使えません。', 'This password is one that is often used and easily guessed. Choose another.'),
            'old' => array('これまでと同じパスワードは使えません。', 'The old password cannot be used again.'),
            'which' => array('会員番号を選んでください。', 'Choose a member number.'),
        );
    }
}
